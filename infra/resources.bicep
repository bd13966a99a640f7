param location string
param tags object
param redisSku string
param postgresSku { name: string, tier: string, storageGB: int, backupDays: int }
param postgresPoolSize int
param dailyTelemetryGB int
param zoneRedundant bool
param useKeys bool
@secure()
param managementKey string
@secure()
param postgresPassword string

var token = uniqueString(resourceGroup().id)
var databaseName = 'usersdb'

// Known before anything is made, so that `azd provision --preview` can look into the modules.
var names = {
  identity: 'id-${token}'
  network: 'vnet-${token}'
  vault: 'kv-${token}'
  logs: 'log-${token}'
  insights: 'appi-${token}'
  postgres: 'psql-${token}'
  redis: 'redis-${token}'
}

module identity 'modules/identity.bicep' = {
  params: { location: location, tags: tags, name: names.identity }
}

module network 'modules/network.bicep' = {
  params: { location: location, tags: tags, name: names.network }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    location: location
    tags: tags
    logsName: names.logs
    insightsName: names.insights
    dailyGB: dailyTelemetryGB
  }
}

module registry 'modules/registry.bicep' = {
  params: { location: location, tags: tags, name: 'acr${token}', identityName: names.identity }
  dependsOn: [identity]
}

module environment 'modules/environment.bicep' = {
  params: {
    location: location
    tags: tags
    name: 'cae-${token}'
    networkName: names.network
    logsName: names.logs
    insightsName: names.insights
    zoneRedundant: zoneRedundant
  }
  dependsOn: [network, monitoring]
}

module vault 'modules/vault.bicep' = {
  params: {
    location: location
    tags: tags
    name: names.vault
    identityName: names.identity
    networkName: names.network
    managementKey: managementKey
  }
  dependsOn: [identity, network]
}

module redis 'modules/redis.bicep' = {
  params: {
    location: location
    tags: tags
    name: names.redis
    sku: redisSku
    highlyAvailable: zoneRedundant
    useKeys: useKeys
    identityName: names.identity
    networkName: names.network
    vaultName: names.vault
  }
  dependsOn: [vault]
}

module postgres 'modules/postgres.bicep' = {
  params: {
    location: location
    tags: tags
    name: names.postgres
    databaseName: databaseName
    sku: postgresSku
    poolSize: postgresPoolSize
    zoneRedundant: zoneRedundant
    useKeys: useKeys
    password: postgresPassword
    identityName: names.identity
    networkName: names.network
    vaultName: names.vault
  }
  dependsOn: [vault]
}

// An administrator's name is the identity's id, which is not known before that is made: a preview can't look into this one.
module database 'modules/postgres-database.bicep' = {
  params: {
    serverName: names.postgres
    databaseName: databaseName
    identityName: names.identity
    #disable-next-line what-if-short-circuiting
    principalId: identity.outputs.principalId
  }
  dependsOn: [postgres]
}

output registryEndpoint string = registry.outputs.endpoint
output environmentId string = environment.outputs.id
output identityId string = identity.outputs.id
output identityClientId string = identity.outputs.clientId
output cacheSecretUri string = redis.outputs.secretUri
output usersdbSecretUri string = postgres.outputs.secretUri
output managementKeySecretUri string = vault.outputs.managementKeyUri
