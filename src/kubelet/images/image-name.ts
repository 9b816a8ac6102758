import { parseImageReference } from '../../api/core/image-reference.ts'

/** With the tag `latest` where there is neither tag nor digest; undefined when it is not an image reference. */
export function normalizeImage(image: string): string | undefined {
  const reference = parseImageReference(image)
  if (!reference) return undefined
  return reference.digest || image.endsWith(`:${reference.tag}`) ? image : `${image}:${reference.tag}`
}
