export * from './generated/resource-types.ts'
export { type ResourceType, resourceType } from './resource-type.ts'
