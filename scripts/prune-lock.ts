// node scripts/prune-lock.ts: run after `npm install X`. Some packages name optional builds for dozens of platforms, and a registry
// mirror may not carry all of them; npm then leaves them out of the lock file, and `npm ci` refuses a lock file with gaps. This
// takes the names of absent optional builds off their packages, so that the lock file is whole again.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface LockedPackage {
  readonly optionalDependencies?: Record<string, string>
}

const file = join(import.meta.dirname, '../package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> }
const isLocked = (name: string) => Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`))
let dropped = 0
for (const { optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const name of Object.keys(optionalDependencies)) {
    if (isLocked(name)) continue
    delete optionalDependencies[name]
    dropped++
  }
}
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`)
console.log(`${dropped} absent optional packages taken off the lock file`)
