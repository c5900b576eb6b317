// A component that draws nothing: it has Python draw the page again when it was drawn for another theme than is shown.

/** @type {string | null} */
let asked = null; // the theme that Python was last told of, so that it is told once

/**
 * @typedef {{ drawn: string | null }} Data the theme that Python has drawn for
 * @param {{ data: Data, setTriggerValue: (name: string, value: string) => void }} component called with each theme
 */
export default function ({ data, setTriggerValue }) {
  const { colorScheme } = getComputedStyle(document.querySelector(".stApp"));
  document.documentElement.style.colorScheme = colorScheme; // popovers lie beside the app
  if (colorScheme === data.drawn) asked = null;
  else if (colorScheme !== asked) {
    asked = colorScheme;
    setTriggerValue("scheme", colorScheme);
  }
}
