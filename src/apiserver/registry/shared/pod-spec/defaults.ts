// Defaults of pod specs that upstream sets in code; pods and all templates share them. Those that are plain markers are in
// the schema table and already set. Source: pkg/apis/core/v1/defaults.go.
import type { Container, EphemeralContainer, HTTPGetAction, LifecycleHandler, PodSpec, Probe, ResourceRequirements, Volume } from '../../../../api/core/v1.ts'
import { parseImageReference } from '../../../../api/core/image-reference.ts'
import type { Mutable } from '../../../../api/object.ts'
import { newQuantity, parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { setOwn } from '../own-properties.ts'

/** 0644, as a number: what files from secrets, config maps and projections get. */
const fileModeDefault = 0o644
const tokenExpirationSecondsDefault = 3600

/** The tag `latest`, given or meant: ask the registry each time. What names no image has no tag. */
export const imagePullPolicyFor = (image: string): 'Always' | 'IfNotPresent' => (parseImageReference(image)?.tag === 'latest' ? 'Always' : 'IfNotPresent')

function httpGetDefaults(action: Mutable<HTTPGetAction> | undefined): void {
  if (!action) return
  action.path ||= '/'
  action.scheme ||= 'HTTP'
}

function probeDefaults(probe: Mutable<Probe> | undefined): void {
  if (!probe) return
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  httpGetDefaults(probe.httpGet)
}

const handlerDefaults = (handler: Mutable<LifecycleHandler> | undefined) => httpGetDefaults(handler?.httpGet)

function containerDefaults(container: Mutable<Container> | Mutable<EphemeralContainer>): void {
  container.imagePullPolicy ||= imagePullPolicyFor(container.image ?? '')
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  resourceDefaults(container.resources)
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1'
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) probeDefaults(probe)
  handlerDefaults(container.lifecycle?.postStart)
  handlerDefaults(container.lifecycle?.preStop)
}

interface DownwardFile {
  fieldRef?: { apiVersion?: string }
}

function downwardDefaults(items: readonly DownwardFile[] | undefined): void {
  for (const { fieldRef } of items ?? []) if (fieldRef) fieldRef.apiVersion ||= 'v1'
}

function volumeDefaults(volume: Mutable<Volume>): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {}
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (source) source.defaultMode ??= fileModeDefault
  }
  if (volume.hostPath) volume.hostPath.type ??= ''
  if (volume.image) volume.image.pullPolicy ||= imagePullPolicyFor(volume.image.reference ?? '')
  downwardDefaults(volume.downwardAPI?.items)
  for (const { downwardAPI, serviceAccountToken } of volume.projected?.sources ?? []) {
    downwardDefaults(downwardAPI?.items)
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= tokenExpirationSecondsDefault
  }
  if (volume.ephemeral?.volumeClaimTemplate) volume.ephemeral.volumeClaimTemplate.spec.volumeMode ||= 'Filesystem'
}

type ResourceList = Record<string, string>

/** Nothing is finer than a thousandth. */
function roundUpToMilli(list: ResourceList | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(text)
    const milli = quantity.milliValue()
    const rounded = newQuantity(milli, { exponent: -3, format: quantity.format })
    if (!rounded.equals(quantity)) setOwn(list!, name, rounded.toString())
  }
}

function resourceDefaults(resources: Mutable<ResourceRequirements> | undefined): void {
  roundUpToMilli(resources?.limits)
  roundUpToMilli(resources?.requests)
}

/** In place; idempotent. */
export function podSpecDefaults(spec: Mutable<PodSpec>): void {
  spec.containers ??= []
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ||= 'default-scheduler'
  spec.securityContext ??= {}
  // One value under two names; the older name is only read when the newer is absent.
  spec.serviceAccountName ||= spec.serviceAccount ?? ''
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName
  else delete spec.serviceAccountName
  for (const volume of spec.volumes ?? []) volumeDefaults(volume)
  resourceDefaults(spec.resources)
  roundUpToMilli(spec.overhead)
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]) containerDefaults(container)
}
