// Streamlit's theme, as a canvas takes it.

/**
 * @typedef {{ scheme: string, text: string, ink: number[], border: string, background: number[], primary: string,
 *   font: string }} Style scheme: "light" or "dark"
 */

/**
 * @param {Element} element
 * @returns {Style}
 */
export function styleOf(element) {
  const style = getComputedStyle(element);
  return {
    scheme: style.colorScheme,
    text: style.color,
    ink: rgbOf(style.color),
    border: style.getPropertyValue("--st-border-color"),
    background: rgbOf(style.getPropertyValue("--st-background-color")),
    primary: style.getPropertyValue("--st-primary-color"),
    font: style.fontFamily,
  };
}

/**
 * @param {string} colour "#rrggbb" or "rgb(r, g, b)"
 * @returns {number[]} [red, green, blue]
 */
export function rgbOf(colour) {
  if (colour.startsWith("#")) return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}
