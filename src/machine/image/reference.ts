/** The full form of an image name, as Docker and containerd complete it: `busybox` is `docker.io/library/busybox:latest`. */
export function fullReference(name: string): string {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost'
  const path = hasHost ? name : slash < 0 ? `docker.io/library/${name}` : `docker.io/${name}`
  const lastPart = path.slice(path.lastIndexOf('/') + 1)
  return lastPart.includes(':') || lastPart.includes('@') ? path : `${path}:latest`
}

/** Whether Kubernetes would pull the image again at every start unless told otherwise. */
export const isLatest = (name: string): boolean => fullReference(name).endsWith(':latest')
