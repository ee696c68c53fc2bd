/// The text of `openapi.yaml` in this folder, which the tests compare with what is answered.
let openAPIDocument = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
