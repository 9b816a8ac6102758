// Gives every pod an identity: its service account, a short-lived token mounted where clients look for it, and the account's
// image pull secrets. Source: k8s.io/kubernetes plugin/pkg/admission/serviceaccount/admission.go.
import type { Container, Pod, ServiceAccount, Volume } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { ApiError, forbidden } from '../../../apimachinery/api-error.ts'
import type { Lister } from '../../../client/informers/informer.ts'
import { randomSuffix, type Rand } from '../../../util/rand.ts'
import type { AdmissionPlugin, MutatingAttributes } from '../admission.ts'
import { checkMountableSecrets, namesSecrets } from './mountable-secrets.ts'

export interface ServiceAccountDependencies {
  readonly serviceAccounts: Pick<Lister<ServiceAccount>, 'get'>
  readonly rand: Rand
}

const accountDefault = 'default'
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumePrefix = 'kube-api-access-'
/** An hour, and seven seconds by which tokens made here can be told from others. */
const tokenExpirationSeconds = 60 * 60 + 7
const mirrorAnnotation = 'kubernetes.io/config.mirror'

const tokenVolume = (name: string): Mutable<Volume> => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: tokenExpirationSeconds } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
    defaultMode: 0o644,
  },
})

const wantsToken = ({ spec }: Pod, account: ServiceAccount) => spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true

function unusedName(taken: ReadonlySet<string>, rand: Rand): string {
  const name = volumePrefix + randomSuffix(5, rand)
  return taken.has(name) ? unusedName(taken, rand) : name
}

function mountToken(pod: Mutable<Pod>, rand: Rand): void {
  const { spec } = pod
  const existing = spec.volumes?.find((v) => v.name.startsWith(volumePrefix) && v.projected)
  const taken = new Set(spec.volumes?.map((v) => v.name))
  const name = existing?.name ?? unusedName(taken, rand)
  const bare = [...(spec.initContainers ?? []), ...spec.containers].filter((c: Mutable<Container>) => !c.volumeMounts?.some((m) => m.mountPath === mountPath))
  for (const container of bare) (container.volumeMounts ??= []).push({ name, readOnly: true, mountPath })
  if (bare.length && !existing) (spec.volumes ??= []).push(tokenVolume(name))
}

const isPodRequest = ({ resource, subresource }: MutatingAttributes) =>
  resource.group === '' && resource.plural === 'pods' && (subresource === '' || subresource === 'ephemeralcontainers')
const isMirror = (pod: Pod) => Object.hasOwn(pod.metadata.annotations ?? {}, mirrorAnnotation)

export function newServiceAccountAdmission({ serviceAccounts, rand }: ServiceAccountDependencies): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    admit(attributes) {
      if (!isPodRequest(attributes)) return
      if (attributes.operation === 'UPDATE') return checkEphemeralContainers(attributes, serviceAccounts)
      if (attributes.subresource) return
      const pod = attributes.object as Mutable<Pod>
      const { resource, namespace, name } = attributes
      if (isMirror(pod)) {
        if (pod.spec.serviceAccountName) throw forbidden(resource, name, 'a mirror pod may not reference service accounts')
        if (namesSecrets(pod)) throw forbidden(resource, name, 'a mirror pod may not reference secrets')
        if (pod.spec.volumes?.some((v) => v.projected?.sources?.some((source) => source.serviceAccountToken))) {
          throw forbidden(resource, name, 'a mirror pod may not use ServiceAccountToken volume projections')
        }
        return
      }
      pod.spec.serviceAccountName ||= accountDefault
      pod.spec.serviceAccount = pod.spec.serviceAccountName
      const account = serviceAccounts.get(`${namespace}/${pod.spec.serviceAccountName}`)
      if (!account) throw missing(attributes, pod.spec.serviceAccountName)
      checkMountableSecrets(attributes, pod, account)
      if (wantsToken(pod, account)) mountToken(pod, rand)
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) pod.spec.imagePullSecrets = account.imagePullSecrets.map((s) => ({ ...s }))
    },
  }
}

/** Ephemeral containers come with an update, and may name secrets. */
function checkEphemeralContainers(attributes: MutatingAttributes, serviceAccounts: ServiceAccountDependencies['serviceAccounts']): void {
  const pod = attributes.object as Mutable<Pod>
  if (attributes.subresource !== 'ephemeralcontainers' || isMirror(pod)) return
  const name = pod.spec.serviceAccountName || accountDefault
  const account = serviceAccounts.get(`${attributes.namespace}/${name}`)
  if (!account) throw missing(attributes, name)
  checkMountableSecrets(attributes, pod, account)
}

function missing({ resource, namespace, name }: MutatingAttributes, account: string): ApiError {
  return forbidden(resource, name, `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`)
}
