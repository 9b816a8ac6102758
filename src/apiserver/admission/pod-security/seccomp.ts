// Seccomp profiles as fields, of both levels: baseline forbids bad ones, restricted wants one.
import { type Check, containersNamed, containersOf, distinct, quoted, setters, violating } from './control.ts'

const isGood = (type: string | undefined) => type === 'RuntimeDefault' || type === 'Localhost'

export const seccompSetters: Check = (pod) => {
  const podType = pod.spec.securityContext?.seccompProfile?.type
  const isBad = (type: string | undefined) => type !== undefined && !isGood(type)
  const who = setters(
    isBad(podType),
    violating(pod, ({ seccompProfile }) => isBad(seccompProfile?.type)),
  )
  if (!who) return undefined
  const types = [podType, ...containersOf(pod).map((c) => c.securityContext?.seccompProfile?.type)]
  const values = distinct(types.filter((type): type is NonNullable<typeof type> => isBad(type)))
  return { reason: 'seccompProfile', detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}` }
}

export const seccompRequired: Check = (pod) => {
  const bad = seccompSetters(pod)
  if (bad || isGood(pod.spec.securityContext?.seccompProfile?.type)) return bad
  const missing = violating(pod, ({ seccompProfile }) => !seccompProfile)
  if (missing.length === 0) return undefined
  const wanted = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
  return { reason: 'seccompProfile', detail: `pod or ${containersNamed(missing)} ${wanted}` }
}
