param location string
param tags object
param name string
param databaseName string
param sku { name: string, tier: string, storageGB: int, backupDays: int }
@description('Connections of one replica for requests: the sum of what it may have under way.')
param poolSize int
param zoneRedundant bool
param useKeys bool
@secure()
param password string
param identityName string
param networkName string
param vaultName string

var administrator = 'usercache'

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku.name, tier: sku.tier }
  properties: {
    version: '17'
    administratorLogin: useKeys ? administrator : null
    administratorLoginPassword: useKeys ? password : null
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: useKeys ? 'Enabled' : 'Disabled'
      tenantId: tenant().tenantId
    }
    storage: { storageSizeGB: sku.storageGB, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: sku.backupDays, geoRedundantBackup: 'Disabled' }
    highAvailability: {
      mode: !zoneRedundant
        ? 'Disabled'
        : sku.tier == 'Burstable' ? fail('Zone redundancy needs another size than small: AZURE_SIZE=production.') : 'ZoneRedundant'
    }
    network: { publicNetworkAccess: 'Disabled' }
  }
}

module endpoint 'private-endpoint.bicep' = {
  params: {
    location: location
    tags: tags
    name: 'pe-${name}'
    serviceId: server.id
    part: 'postgresqlServer'
    zoneName: 'privatelink.postgres.database.azure.com'
    networkName: networkName
  }
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

var host = server.properties.fullyQualifiedDomainName
var address = 'Host=${host};Database=${databaseName};SSL Mode=VerifyFull;Maximum Pool Size=${poolSize}'

// Without keys it is no secret, but the template is the same.
resource connectionString 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {
  parent: vault
  name: 'usersdb'
  properties: {
    value: useKeys ? '${address};Username=${administrator};Password=${password}' : '${address};Username=${identityName}'
  }
}

output secretUri string = connectionString.properties.secretUri
