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

@description('Sign in to Redis and PostgreSQL with keys, which are in the vault, instead of by the managed identity alone.')
param useKeys bool

@allowed(['anonymous', 'tokens', 'tokens-to-read'])
@description('Who may change users: whoever has the address, or who has a token of the authority; and whether reads need one, too.')
param access string

@description('With tokens: the address of who issues them. Of Microsoft Entra, https://login.microsoftonline.com/(tenant)/v2.0.')
param authority string = ''

@description('With tokens: the name that they have for this service. Of Microsoft Entra, the id of its application.')
param audience string = ''

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
var callers = access == 'anonymous'
  ? { authority: '', audience: '' }
  : empty(authority) || empty(audience)
      ? fail('AZURE_ACCESS=${access} needs AZURE_AUTHORITY and AZURE_AUDIENCE.')
      : { authority: authority, audience: audience }
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
output API_USE_IDENTITY string = string(!useKeys)
output API_ALLOW_ANONYMOUS string = string(access == 'anonymous')
output API_PROTECT_READS string = string(access == 'tokens-to-read')
output API_AUTHORITY string = callers.authority
output API_AUDIENCE string = callers.audience
output API_CPU string = set.api.cpu
output API_MEMORY string = set.api.memory
output API_MIN_REPLICAS string = string(set.api.minReplicas)
output API_MAX_LOADS string = string(set.connections.loads)
output API_MAX_WRITES string = string(set.connections.writes)
output API_MAX_PAGES string = string(set.connections.pages)
