// An entry of the browser's history is a page as it was left.
//
// Streamlit pushes an entry whenever the server changes a parameter of the address. And when a person goes to another
// page, it first drops the parameters of the page that is left.

const pathOf = (address) => new URL(address, location.href).pathname;

export function keepAnEntryAPage() {
  let left = location.href; // the address when a person last did anything, such as click on a link to another page
  for (const kind of ["click", "keydown"]) addEventListener(kind, () => (left = location.href), true);
  history.pushState = (state, title, address) => {
    if (pathOf(address) === location.pathname) return history.replaceState(state, title, address);
    if (pathOf(left) === location.pathname) history.replaceState(history.state, "", left);
    History.prototype.pushState.call(history, state, title, address);
  };
}
