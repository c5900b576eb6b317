// An entry of the browser's history is a page as it was left.
//
// Streamlit pushes an entry whenever the server changes a parameter of the address. When a person goes to another page,
// it first drops the parameters of the page that is left. And when a person goes back while a page is being computed,
// it pushes that page once more.

const pathOf = (address) => new URL(address, location.href).pathname;

export function keepAnEntryAPage() {
  let left = location.href; // the address when a person last did anything, such as click on a link to another page
  let hasReturned = false; // with the browser's Back or Forward, and done nothing since
  const onAction = () => ([left, hasReturned] = [location.href, false]);
  for (const kind of ["click", "keydown"]) addEventListener(kind, onAction, true);
  addEventListener("popstate", () => (hasReturned = true), true);
  history.pushState = (state, title, address) => {
    if (pathOf(address) === location.pathname) return history.replaceState(state, title, address);
    if (hasReturned) return;
    if (pathOf(left) === location.pathname) history.replaceState(history.state, "", left);
    History.prototype.pushState.call(history, state, title, address);
  };
}
