targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('The azd environment. It names the resource group, and everything is tagged with it.')
param environmentName string

@minLength(1)
@description('Region of everything.')
param location string

@allowed(['small', 'production'])
@description('Which set of sizes.json.')
param size string

@description('Survive the loss of a zone: a standby of PostgreSQL, a replica of Redis, the service in all zones. Not with small.')
param zoneRedundant bool

@description('Sign in to Redis and PostgreSQL with keys, which are in the vault. Otherwise only the managed identity can sign in.')
param useKeys bool

@description('What callers of the management port must know. azd makes it up once, and keeps it.')
@metadata({ azd: { type: 'generate', config: { length: 32, noSpecial: true } } })
@minLength(16)
@secure()
param managementKey string

@description('Of PostgreSQL\'s administrator, where keys are used. azd makes it up once, and keeps it.')
@metadata({ azd: { type: 'generate', config: { length: 32, noSpecial: true, minLower: 4, minUpper: 4, minNumeric: 4 } } })
@minLength(16)
@secure()
param postgresPassword string

var set = loadJsonContent('sizes.json')[size]
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module resources 'resources.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    redisSku: set.redis
    postgresSku: set.postgres
    postgresPoolSize: set.connections.loads + set.connections.writes + set.connections.pages
    dailyTelemetryGB: set.dailyTelemetryGB
    zoneRedundant: zoneRedundant
    useKeys: useKeys
    managementKey: managementKey
    postgresPassword: postgresPassword
  }
}

// What azd itself reads.
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = resources.outputs.registryEndpoint

// What UserCache.AppHost/infra/apiservice.tmpl.yaml reads as {{ .Env.NAME }}. azd writes these to a file in plain text: no secret, only
// where in the vault it is.
output API_ENVIRONMENT_ID string = resources.outputs.environmentId
output API_IDENTITY_ID string = resources.outputs.identityId
output API_IDENTITY_CLIENT_ID string = resources.outputs.identityClientId
output API_CACHE_SECRET_URI string = resources.outputs.cacheSecretUri
output API_USERSDB_SECRET_URI string = resources.outputs.usersdbSecretUri
output API_MANAGEMENT_KEY_SECRET_URI string = resources.outputs.managementKeySecretUri
output API_CPU string = set.api.cpu
output API_MEMORY string = set.api.memory
output API_MIN_REPLICAS string = string(set.api.minReplicas)
output API_MAX_LOADS string = string(set.connections.loads)
output API_MAX_WRITES string = string(set.connections.writes)
output API_MAX_PAGES string = string(set.connections.pages)
