import type { NodeInfo } from '../../framework/node-info.ts'
import { type ClusterView, type Plugin, scoreMax } from '../../framework/plugin.ts'

const mb = 1024 * 1024
/** Below this an image is pulled in no time; above the upper bound more bytes make no difference. Per container. */
const bytesMin = 23 * mb
const bytesMaxPerContainer = 1000 * mb

/** `name` without a tag means `:latest`, as nodes report it. */
const normalized = (image: string) => (image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image)

const sizeOn = (node: NodeInfo, image: string) => node.node.status?.images?.find((i) => i.names?.includes(image))?.sizeBytes ?? 0

/** Share of nodes that have an image: one that only a single node has must not draw every pod there. */
function spread(view: ClusterView, image: string): number {
  return view.nodes.filter((n) => sizeOn(n, image) > 0).length / view.nodes.length
}

/** Prefers nodes that already have the pod's images, by their size. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  preScore({ pod }, _, view) {
    const images = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((c) => normalized(c.image ?? ''))
    return images.map((image) => ({ image, spread: spread(view, image) }))
  },
  score(state, { pod }, node) {
    const images = state as readonly { image: string; spread: number }[]
    const bytes = images.reduce((sum, { image, spread }) => sum + Math.trunc(sizeOn(node, image) * spread), 0)
    const bytesMax = bytesMaxPerContainer * (pod.spec.containers.length + (pod.spec.initContainers?.length ?? 0))
    return Math.trunc((scoreMax * (Math.min(Math.max(bytes, bytesMin), bytesMax) - bytesMin)) / (bytesMax - bytesMin))
  },
}
