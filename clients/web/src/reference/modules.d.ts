// The parts we use of two packages that have no types, or far more than we need.

declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  export default function SwaggerUI(options: Record<string, unknown>): unknown;
}

declare module "redoc/bundles/redoc.standalone.js" {
  export function init(
    url: string,
    options: Record<string, unknown>,
    element: HTMLElement | null,
  ): Promise<void>;
}
