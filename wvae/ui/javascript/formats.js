// How numbers are said.

/** @type {Record<string, (value: number) => string>} */
const UNITS = {
  degrees: (value) => `${String(Math.round(value) || 0).replace("-", "−")}°`,
  pixels: (value) => `${value.toFixed(1)} px`,
};

/**
 * @param {number} value
 * @param {string} unit "degrees" or "pixels"
 */
export function withUnit(value, unit) {
  return UNITS[unit](value);
}

/** @param {number} value */
export function signed(value) {
  const rounded = value.toFixed(1);
  return Number(rounded) === 0 ? "0.0" : value > 0 ? `+${rounded}` : rounded.replace("-", "−");
}
