// Errors, counts and moments in words.

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const ABSOLUTE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const OF_DAY = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

export function capital(text) {
  return text && text[0].toUpperCase() + text.slice(1);
}

// What an error says; a name or id that it begins with stays as it is.
export function sentence({ message }) {
  const begun = /^[a-z']+[,;:.!?]?(\s|$)/.test(message) ? capital(message) : message;
  return `${begun}${/[.!?…]$/.test(message) ? "" : "."}`;
}

// "1 mask", "1,200 masks"; a noun with another plural gives it.
export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

// "3 minutes ago", "in 2 hours"; both moments as ISO 8601.
export function ago(moment, now) {
  const seconds = (new Date(moment) - new Date(now)) / 1000;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) || [];
  if (unit) return RELATIVE.format(Math.trunc(seconds / length), unit);
  return seconds > 0 ? "in less than a minute" : "just now";
}

export function absolute(moment) {
  return ABSOLUTE.format(new Date(moment));
}

export function timeOfDay(moment) {
  return OF_DAY.format(new Date(moment));
}
