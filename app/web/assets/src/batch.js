// Lists with check boxes: `data-check-all="name"` on a box ticks all boxes of that name in its form,
// and typing into a line of such a list ticks the line.

const boxesOf = all => [...all.form.querySelectorAll(`input[name="${all.dataset.checkAll}"]`)];

document.addEventListener('change', event => {
  const field = event.target;

  if (field.matches?.('[data-check-all]')) {
    boxesOf(field).forEach(box => { box.checked = field.checked; });
    return;
  }

  const line = field.closest?.('.batch-line');
  const box = line?.querySelector('.batch-pick input');

  if (box && box !== field) {
    box.checked = true;
  }

  const all = field.form?.querySelector('[data-check-all]');

  if (all) {
    all.checked = boxesOf(all).every(each => each.checked);
  }
});
