// Making elements of a page.

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {object} [properties]
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function newElement(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

/**
 * Gives a file to the person to keep.
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = newElement("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
