// Shows a process diagram in every `<div data-diagram="URL">`, with the living and finished elements.
//
// `data-tokens` and `data-done` hold JSON lists of element ids; a token may also be an object
// `{"element": "review", "label": "剩2个工作日"}`, whose label is shown as a chip on the shape.
// Buttons with `data-diagram-zoom="in|out|fit"` and `data-diagram-for="ID OF THE DIV"` move it.

import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

const NEAR = '300px';
const viewers = new WeakMap();

function listOf(host, name) {
  return JSON.parse(host.dataset[name] || '[]')
    .map(entry => typeof entry === 'string' ? { element: entry } : entry);
}

function chip(text) {
  const element = document.createElement('span');
  element.className = 'diagram-chip';
  element.textContent = text;

  return element;
}

function mark(viewer, host) {
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  const registry = viewer.get('elementRegistry');
  const known = ({ element }) => registry.get(element) !== undefined;

  // A sub-process lies over the lanes of its steps: they must be seen through it.
  registry.filter(shape => shape.type === 'bpmn:SubProcess' && !shape.waypoints && !shape.collapsed)
    .forEach(shape => canvas.addMarker(shape, 'see-through'));

  for (const { element } of listOf(host, 'done').filter(known)) {
    canvas.addMarker(element, 'token-done');
  }

  for (const { element, label } of listOf(host, 'tokens').filter(known)) {
    canvas.removeMarker(element, 'token-done');
    canvas.addMarker(element, 'token-live');

    if (label) {
      overlays.add(element, 'token', { position: { top: -14, left: 0 }, html: chip(label) });
    }
  }
}

async function show(host) {
  if (viewers.has(host)) {
    return;
  }

  // The page scrolls under the mouse wheel, not the diagram; a canvas box of its own keeps the
  // text that the page has put into the host for people without scripts.
  const canvas = document.createElement('div');
  canvas.className = 'diagram-canvas';
  const viewer = new NavigatedViewer({ container: canvas, zoomScroll: { enabled: false } });
  viewers.set(host, viewer);

  try {
    const response = await fetch(host.dataset.diagram, { credentials: 'same-origin' });

    if (!response.ok) {
      throw new Error(`${host.dataset.diagram}: ${response.status}`);
    }

    const xml = await response.text();
    host.replaceChildren(canvas);
    await viewer.importXML(xml);
    mark(viewer, host);
    viewer.get('canvas').zoom('fit-viewport', 'auto');
    host.dataset.diagramState = 'shown';
  } catch (error) {
    viewer.destroy();
    host.dataset.diagramState = 'failed';
    console.warn('diagram not shown', error);
  }
}

function zoom(button) {
  const viewer = viewers.get(document.getElementById(button.dataset.diagramFor));
  const canvas = viewer?.get('canvas');
  const step = { in: 1.25, out: 0.8 }[button.dataset.diagramZoom];

  if (step) {
    canvas?.zoom(canvas.zoom() * step);
  } else {
    canvas?.zoom('fit-viewport', 'auto');
  }
}

// Drawing a large process costs a phone a second: it is done when somebody comes near it.
const approached = new IntersectionObserver(entries => {
  for (const { target } of entries.filter(entry => entry.isIntersecting)) {
    approached.unobserve(target);
    show(target);
  }
}, { rootMargin: NEAR });

function showAll(root) {
  if (root.matches?.('[data-diagram]')) {
    approached.observe(root);
  }

  root.querySelectorAll('[data-diagram]').forEach(host => approached.observe(host));
}

document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-diagram-zoom]');

  if (button) {
    zoom(button);
  }
});

document.addEventListener('htmx:load', event => showAll(event.target));

if (document.readyState === 'loading') {
  document.addEventListener('DOMContentLoaded', () => showAll(document));
} else {
  showAll(document);
}
