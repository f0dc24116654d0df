/** How long a run still takes, by what its steps and checks took on the way, and how that is said. */

/** Steps and checks that an estimate looks back on. */
const [STEPS, CHECKS] = [20, 3];
/** Fewer steps than this say too little. */
const LEAST = 3;

/**
 * Seconds that are left: what the last steps and checks took in the middle, which one slow step doesn't move.
 * Null until enough is measured; checks count from the first one on.
 * @param {{taken: number[], left: number}} steps seconds that each took so far, and how many are to come
 * @param {{taken: number[], left: number}} checks
 */
export function timeLeft(steps, checks) {
  if (steps.taken.length < LEAST) return null;
  const ofChecks = checks.taken.length ? median(checks.taken.slice(-CHECKS)) * checks.left : 0;
  return Math.max(1, median(steps.taken.slice(-STEPS)) * steps.left + ofChecks);
}

/** @param {number[]} values */
function median(values) {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = ordered.length >> 1;
  return ordered.length % 2 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}

/** Longer times are told in larger units, so that what is shown seldom jumps. @param {number} seconds */
export function spoken(seconds) {
  if (seconds < 9.5) return counted(Number(seconds.toPrecision(1)), "second");
  if (seconds < 55) return counted(Math.round(seconds / 10) * 10, "second");
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 90) return counted(minutes, "minute");
  return counted(Math.round(minutes / 60), "hour");
}

/** @param {number} count @param {string} unit */
function counted(count, unit) {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
