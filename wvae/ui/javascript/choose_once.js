// Enter, after what is already chosen has been typed, chooses nothing.
//
// Streamlit offers in a list of several choices only those that are not chosen yet. So whoever types 7, which is chosen,
// would get the next that begins with it, 70.

export function chooseOnce() {
  addEventListener("keydown", ignoreWhatIsChosen, true);
}

/** @param {KeyboardEvent} event */
function ignoreWhatIsChosen(event) {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (event.key !== "Enter" || field.role !== "combobox") return;
  const chosen = field.closest(".stMultiSelect")?.querySelectorAll("[data-tag]") ?? [];
  if (![...chosen].some((tag) => tag.textContent.trim() === field.value.trim())) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}
