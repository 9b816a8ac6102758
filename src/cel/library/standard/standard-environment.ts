import type { Library } from '../../declarations.ts'
import { Environment } from '../../environment.ts'
import { standardMacros } from '../../parser/standard-macros.ts'
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  listType,
  mapType,
  nullType,
  paramType,
  stringType,
  timestampType,
  typeType,
  uintType,
} from '../../types/cel-type.ts'
import { conversions } from './conversions.ts'
import { operators } from './operators.ts'
import { stringFunctions } from './strings.ts'
import { timeFunctions } from './time.ts'

/** The language as its specification has it. */
const standardLibrary: Library = {
  name: 'cel.lib.std',
  macros: standardMacros,
  functions: [...operators, ...conversions, ...stringFunctions, ...timeFunctions],
  types: [
    boolType,
    bytesType,
    doubleType,
    durationType,
    intType,
    listType(paramType('A')),
    mapType(paramType('A'), paramType('B')),
    nullType,
    stringType,
    timestampType,
    typeType,
    uintType,
  ],
}

/** What every environment extends. */
export const standardEnvironment = new Environment({ libraries: [standardLibrary] })
