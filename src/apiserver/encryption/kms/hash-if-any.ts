import { createHash } from 'node:crypto'

/** Key ids may name an account at a provider: logs and metrics get their hash. '' stays ''. */
export const hashIfAny = (text: string) => (text === '' ? '' : `sha256:${createHash('sha256').update(text).digest('hex')}`)
