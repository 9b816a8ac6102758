// Volumes that no longer work, and files that hide each other. Source: pkg/api/pod/warnings.go.
import type { KeyToPath, PodSpec, Volume, VolumeProjection } from '../../../../api/core/v1.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { fractionalWarnings } from './warnings-quantities.ts'

/** Plugin -> the name it is shown under, and what is wrong with it; in upstream's order. */
const gone: readonly (readonly [keyof Volume, string, string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]

interface Placed {
  readonly path: string
  /** Which source of a projected volume it comes from; '' when there is only one. */
  readonly source: string
}

const shown = ({ path, source }: Placed) => (source ? `${goQuote(path)} (${source})` : goQuote(path))
const isBelow = (path: string, other: string) => `${path}/`.startsWith(`${other}/`)

/** Every pair of files of which one is the other, or lies below it. */
function overlaps(placed: readonly Placed[]): readonly string[] {
  const trimmed = placed.map(({ path, source }) => ({ path: path.replace(/\/+$/, ''), source }))
  return trimmed.flatMap((file, index) =>
    trimmed
      .slice(0, index)
      .filter((before) => file.path && before.path && (isBelow(file.path, before.path) || isBelow(before.path, file.path)))
      .map((before) => `${shown(file)} with ${shown(before)}`),
  )
}

const paths = (items: readonly Pick<KeyToPath, 'path'>[] | undefined, source = ''): readonly Placed[] =>
  (items ?? []).map(({ path = '' }) => ({ path, source }))

function placedBy({ configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate }: VolumeProjection): readonly Placed[] {
  if (configMap?.items) return paths(configMap.items, `ConfigMap ${goQuote(configMap.name ?? '')}`)
  if (secret?.items) return paths(secret.items, `Secret ${goQuote(secret.name ?? '')}`)
  if (downwardAPI?.items) return paths(downwardAPI.items, 'DownwardAPI')
  if (serviceAccountToken) return paths([serviceAccountToken], 'ServiceAccountToken')
  if (clusterTrustBundle) {
    return paths([clusterTrustBundle], `ClusterTrustBundle ${goQuote(clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '')}`)
  }
  if (!podCertificate) return []
  const { certificateChainPath, keyPath, credentialBundlePath } = podCertificate
  return [
    { path: certificateChainPath ?? '', source: 'PodCertificate chain' },
    { path: keyPath ?? '', source: 'PodCertificate key' },
    { path: credentialBundlePath ?? '', source: 'PodCertificate credential bundle' },
  ].filter(({ path }) => path)
}

function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: Volume): readonly string[] {
  const warn = (what: string, placed: readonly Placed[]) => overlaps(placed).map((pair) => `volume ${goQuote(name)} (${what}): overlapping paths: ${pair}`)
  const sources = projected?.sources ?? []
  const empty = sources.filter((source) => Object.keys(source).length === 0)
  return [
    ...warn(`ConfigMap ${goQuote(configMap?.name ?? '')}`, paths(configMap?.items)),
    ...warn(`Secret ${goQuote(secret?.secretName ?? '')}`, paths(secret?.items)),
    ...warn('DownwardAPI', paths(downwardAPI?.items)),
    ...empty.map(() => `volume ${goQuote(name)} (Projected) has no sources provided`),
    ...warn('Projected', sources.flatMap(placedBy)),
  ]
}

/** @param field of the spec */
export function volumeWarnings(field: string, { volumes = [] }: PodSpec): readonly string[] {
  const plugins = volumes.flatMap((volume, index) => {
    const at = `${field}.volumes[${index}]`
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec
    return [
      ...gone.filter(([plugin]) => volume[plugin] !== undefined).map(([, name, why]) => `${at}.${name}: ${why}`),
      ...fractionalWarnings(`${at}.ephemeral.volumeClaimTemplate.spec.resources.requests`, claim?.resources?.requests, ['storage']),
      ...fractionalWarnings(`${at}.ephemeral.volumeClaimTemplate.spec.resources.limits`, claim?.resources?.limits, ['storage']),
    ]
  })
  return [...plugins, ...volumes.flatMap(overlapWarnings)]
}
