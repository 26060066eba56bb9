// Applies element templates as the Modeler does: bpmn-js, zeebe moddle, the template module itself.

import Modeler from 'bpmn-js/lib/Modeler';
import { CloudElementTemplatesCoreModule } from 'bpmn-js-element-templates/core';
import ZeebeBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import ZeebeModdle from 'zeebe-bpmn-moddle/resources/zeebe.json';
import { validateAllZeebe } from '@bpmn-io/element-templates-validator';

async function opened(xml, templates) {
  const container = document.createElement('div');
  container.style.cssText = 'width: 800px; height: 600px';
  document.body.append(container);

  const modeler = new Modeler({
    container,
    additionalModules: [ CloudElementTemplatesCoreModule, ZeebeBehaviors ],
    moddleExtensions: { zeebe: ZeebeModdle }
  });
  const errors = [];
  modeler.on('elementTemplates.errors', event => errors.push(...event.errors.map(String)));
  await modeler.importXML(xml);
  modeler.get('elementTemplatesLoader').setTemplates(templates);

  return { modeler, errors };
}

/** Apply each template to a new element of its kind; returns the drawing, or what went wrong. */
async function applied(xml, templates) {
  const { modeler, errors } = await opened(xml, templates);
  const elementTemplates = modeler.get('elementTemplates');
  const factory = modeler.get('elementFactory');
  const modeling = modeler.get('modeling');
  const root = modeler.get('elementRegistry').find(each => each.type === 'bpmn:Process');
  const linked = [];

  for (const [ place, template ] of templates.entries()) {
    const kind = template.appliesTo[0];
    const at = { x: 200 + 150 * (place % 10), y: 300 + 120 * Math.floor(place / 10) };
    let shape;

    if (kind === 'bpmn:BoundaryEvent') {
      const host = modeling.createShape(factory.createShape({ type: 'bpmn:Task' }), at, root);
      const event = factory.createShape({ type: kind, eventDefinitionType: 'bpmn:TimerEventDefinition' });
      shape = modeling.createShape(event, at, host, { attach: true });
    } else {
      shape = modeling.createShape(factory.createShape({ type: kind }), at, root);
    }

    const after = elementTemplates.applyTemplate(shape, template);
    const found = elementTemplates.get(after);
    linked.push([ template.id, after.type, found ? found.id : null ]);
  }

  const { xml: drawn } = await modeler.saveXML({ format: true });
  modeler.destroy();

  return { errors, linked, drawn };
}

function validated(templates) {
  const { valid, results } = validateAllZeebe(templates);
  const faults = results.filter(each => !each.valid)
    .map(each => [ each.object.id, each.errors.map(error => error.message) ]);

  return { valid, faults };
}

window.palette = { applied, validated };
