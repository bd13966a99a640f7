// @ts-check
// Numbers and times as people read them.

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const countFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** What stands where there is no number. */
export const none = '–';

/**
 * The time of day; with the date, if it is not today's.
 * @param {number} time unix ms
 * @param {number} [now] unix ms
 */
export function clock(time, now = Date.now()) {
  const day = dayFormat.format(time);
  return day === dayFormat.format(now) ? clockFormat.format(time) : `${day} ${clockFormat.format(time)}`;
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds === 0) {
    return 'less than 1 s';
  }
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  }
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number | null} milliseconds */
export function latency(milliseconds) {
  if (milliseconds === null) {
    return none;
  }
  if (milliseconds >= 1000) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
  }
  const digits = milliseconds < 1 ? 2 : milliseconds < 10 ? 1 : 0;
  return `${milliseconds.toFixed(digits)} ms`;
}

/**
 * Rounds down just below 100 % and up just above 0 %: "100 %" and "0 %" are to mean all and none.
 * @param {number | null} share 0 to 1
 */
export function percent(share) {
  if (share === null) {
    return none;
  }
  if (share > 0.99 && share < 1) {
    return `${Math.floor(share * 1000) / 10} %`;
  }
  return share > 0 && share < 0.01 ? `${Math.ceil(share * 1000) / 10} %` : `${Math.round(share * 100)} %`;
}

/** @param {number | null} number */
export function count(number) {
  return number === null ? none : countFormat.format(number);
}

/** @param {number | null} perSecond one decimal below ten, where it matters */
export function rate(perSecond) {
  return perSecond !== null && perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(perSecond);
}

/**
 * @param {number} number
 * @param {string} one the noun for one
 * @param {string} [many]
 */
export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
