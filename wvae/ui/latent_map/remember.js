/**
 * Remembers what make(key) made, and forgets everything when it has grown large.
 * @template Key, Made
 * @param {(key: Key) => Made} make
 * @param {number} [most] how many to remember
 */
export function remember(make, most = 4000) {
  /** @type {Map<Key, Made>} */
  const made = new Map();
  return {
    /** @param {Key} key */
    has: (key) => made.has(key),
    /** @param {Key} key */
    get(key) {
      if (!made.has(key)) {
        if (made.size >= most) made.clear();
        made.set(key, make(key));
      }
      return made.get(key);
    },
  };
}
