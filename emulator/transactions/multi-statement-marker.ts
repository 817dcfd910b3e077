/** The query parameter by which a BE knows that an FE sent it the load of a multi-table transaction [U]. */
export const FROM_FE = 'multi_statement';
