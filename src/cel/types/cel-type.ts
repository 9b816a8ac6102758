// The types an expression can have. Source: cel-go common/types/types.go, checker/format.go (v0.26).

export type TypeKind =
  | 'any'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'object'
  | 'opaque'
  | 'param'
  | 'string'
  | 'timestamp'
  | 'type'
  | 'uint'
  | 'wrapper'

/** A type; as a value of the language it is what `type(x)` gives, and then only its name counts. */
export class CelType {
  readonly kind: TypeKind
  /** The name `type(x)` prints: `int`, `google.protobuf.Timestamp`, `kubernetes.Quantity`, ... */
  readonly name: string
  /** Of a list the element, of a map key and value, of an opaque type its arguments, of a wrapper the wrapped type, of `type(x)` x. */
  readonly parameters: readonly CelType[]
  /** How many types it is made of, itself included. */
  readonly weight: number

  constructor(kind: TypeKind, name: string, parameters: readonly CelType[] = []) {
    this.kind = kind
    this.name = name
    this.parameters = parameters
    this.weight = parameters.reduce((sum, parameter) => sum + parameter.weight, 1)
  }

  /** As the checker prints it in messages: `map(string, dyn)`, `optional_type(int)`, `wrapper(int)`, `timestamp`. */
  toString(): string {
    return printType(this)
  }
}

/** Answers for the fields of an object type. Types may be made as late as they are asked for, so they may refer to each other. */
export interface FieldResolver {
  /** The type of a field; `undefined` if there is none of the name. */
  field(name: string): CelType | undefined
  /** All names, for messages and tools. */
  fieldNames(): Iterable<string>
}

/** A type with named fields: a message in protobuf's words, an object of a schema in Kubernetes'. Two are equal if their names are. */
export class ObjectType extends CelType {
  readonly #fields: FieldResolver

  constructor(name: string, fields: FieldResolver) {
    super('object', name)
    this.#fields = fields
  }

  field(name: string): CelType | undefined {
    return this.#fields.field(name)
  }

  fieldNames(): Iterable<string> {
    return this.#fields.fieldNames()
  }
}

export const anyType = new CelType('any', 'google.protobuf.Any')
export const boolType = new CelType('bool', 'bool')
export const bytesType = new CelType('bytes', 'bytes')
export const doubleType = new CelType('double', 'double')
export const durationType = new CelType('duration', 'google.protobuf.Duration')
export const dynType = new CelType('dyn', 'dyn')
export const errorType = new CelType('error', '*error*')
export const intType = new CelType('int', 'int')
export const nullType = new CelType('null', 'null_type')
export const stringType = new CelType('string', 'string')
export const timestampType = new CelType('timestamp', 'google.protobuf.Timestamp')
export const uintType = new CelType('uint', 'uint')
/** The type of types, without saying of which. */
export const typeType = new CelType('type', 'type')

export const listType = (element: CelType) => new CelType('list', 'list', [element])
export const mapType = (key: CelType, value: CelType) => new CelType('map', 'map', [key, value])
export const optionalType = (value: CelType) => new CelType('opaque', 'optional_type', [value])
/** A type without accessible fields: only functions work on it. */
export const opaqueType = (name: string, ...parameters: CelType[]) => new CelType('opaque', name, parameters)
/** A type variable of a function's signature: `T`. */
export const paramType = (name: string) => new CelType('param', name)
/** `bool`, `int`, ... or null. */
export const wrapperType = (wrapped: CelType) => new CelType('wrapper', wrapped.name, [wrapped])
/** The type of the value `type(x)` where x is of the type. */
export const typeOfType = (type: CelType) => new CelType('type', 'type', [type])

/** An object type whose fields are known. */
export function objectType(name: string, fields: Iterable<readonly [string, CelType]>): ObjectType {
  const map = new Map(fields)
  return new ObjectType(name, { field: (field) => map.get(field), fieldNames: () => map.keys() })
}

/** A function's type, as messages about overloads print it: `dyn.(int)`, `(int, string)`. */
export function printSignature(args: readonly CelType[], member: boolean): string {
  const texts = args.map(printType)
  return member ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`
}

function printType(type: CelType): string {
  switch (type.kind) {
    case 'any':
    case 'duration':
    case 'timestamp':
      return type.kind
    case 'null':
      return 'null'
    case 'error':
      return '!error!'
    case 'wrapper':
      return `wrapper(${type.name})`
    case 'type':
      return type.parameters.length === 0 ? 'type' : `type(${type.parameters[0]!.toString()})`
    case 'bool':
    case 'bytes':
    case 'double':
    case 'dyn':
    case 'int':
    case 'list':
    case 'map':
    case 'object':
    case 'opaque':
    case 'param':
    case 'string':
    case 'uint':
      return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(printType).join(', ')})`
  }
}
