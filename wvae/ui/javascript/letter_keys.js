// Keys of one character mean something in a component that has the focus, and nothing elsewhere: a person who speaks
// to a computer would set them off by accident (WCAG 2.1.4). Streamlit listens to them on the document.

/** Keep keys that no element of the page has taken from the document's listeners. */
export function ignoreLetterKeys() {
  document.body.addEventListener("keydown", (event) => {
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
}
