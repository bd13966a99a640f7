// Numbers and times as people read them; times and durations are in ms.

const clockFormat = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const countFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** What stands where there is no number. */
export const none = '–';

/** The time of day; with the date, if it is not today's. */
export function clock(time) {
  const day = dayFormat.format(time);
  return day === dayFormat.format(Date.now()) ? clockFormat.format(time) : `${day} ${clockFormat.format(time)}`;
}

export function duration(milliseconds) {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const rest = minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes === 0 ? `${seconds} s` : rest;
}

/** Three digits at most. */
export function latency(milliseconds) {
  if (milliseconds === null || milliseconds >= 1000) {
    return milliseconds === null ? none : `${(milliseconds / 1000).toFixed(1)} s`;
  }
  return `${Number(milliseconds.toPrecision(milliseconds < 100 ? 2 : 3))} ms`;
}

/** Rounds down just below 100 % and up just above 0 %: they are to mean all and none. */
export function percent(share) {
  const rounded = share > 0.99 ? Math.floor(share * 1000) / 10 : share < 0.01 ? Math.ceil(share * 1000) / 10 : Math.round(share * 100);
  return share === null ? none : `${rounded} %`;
}

export const count = number => number === null ? none : countFormat.format(number);

/** One decimal below ten, where it matters. */
export const rate = perSecond => perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(perSecond);

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
