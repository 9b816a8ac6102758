// Code that is generated from the schema table. Why: docs/adr/0015-generated-code.md.

/**
 * @param runtime what the code refers to, as `runtime`
 * @param source a function body that returns a constructor. Names in it come from the schema table and are quoted: nothing that a user wrote
 *   may come in
 * @returns the constructor; what it makes are plain objects, but of a shape that the engine knows
 */
export function generatedConstructor(runtime: object, source: string): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- the one place where code is generated
  const made = new Function('runtime', `'use strict'\n${source}`)(runtime) as { prototype: unknown }
  made.prototype = Object.prototype
  return made
}
