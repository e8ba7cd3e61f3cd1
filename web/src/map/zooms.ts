/** From this zoom on each station shows its counts. */
export const COUNTS_ZOOM = 14;
