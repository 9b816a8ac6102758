// Events, of core/v1 and events.k8s.io/v1. Source: pkg/registry/core/event/strategy.go.
import type { Event } from '../../../../api/core/v1.ts'
import { isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import type { RequestContext, Strategy } from '../../generic/strategy.ts'
import { validateEvent, validateEventUpdate } from './validation.ts'

const isStrict = ({ group }: RequestContext) => group === 'events.k8s.io'

export const eventStrategy: Strategy<Event> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  defaultPropagation: 'unsupported',
  validateName: isPathSegmentName,
  validate: (context, event) => validateEvent(event, isStrict(context)),
  validateUpdate: (context, event, old) => validateEventUpdate(event, old, isStrict(context)),
}
