import { answerJson } from '../http/answers.ts';
import { type FeHandler } from './handler.ts';

export const handleHealth: FeHandler = ({ cluster: { backends } }, { response }) => {
  const online = backends.filter(({ alive }) => alive).length;
  answerJson(response, { online_backend_num: online, total_backend_num: backends.length, status: 'OK' });
};
