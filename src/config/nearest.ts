export { editDistance, likelyMeant, nearest } from '../core/nearest.ts';
