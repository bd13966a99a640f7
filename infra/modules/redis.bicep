param location string
param tags object
param name string
param sku string
param highlyAvailable bool
param useKeys bool
param identityName string
param networkName string
param vaultName string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource redis 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Disabled'
    // Its replica is in another zone, where the region has zones.
    highAvailability: highlyAvailable ? 'Enabled' : 'Disabled'
  }

  resource database 'databases' = {
    name: 'default'
    properties: {
      clientProtocol: 'Encrypted'
      port: 10000
      clusteringPolicy: 'NoCluster'
      // Any other may drop the registration of a writer: docs/protocol/README.md, Bounds.
      evictionPolicy: 'NoEviction'
      accessKeysAuthentication: useKeys ? 'Enabled' : 'Disabled'
    }

    resource access 'accessPolicyAssignments' = {
      name: 'apiservice'
      properties: {
        // There is no other yet, with fewer rights.
        accessPolicyName: 'default'
        user: { objectId: identity.properties.principalId }
      }
    }
  }
}

module endpoint 'private-endpoint.bicep' = {
  params: {
    location: location
    tags: tags
    name: 'pe-${name}'
    serviceId: redis.id
    part: 'redisEnterprise'
    zoneName: 'privatelink.redis.azure.net'
    networkName: networkName
  }
  // One change of it at a time.
  dependsOn: [redis::database::access]
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

var address = '${redis.properties.hostName}:${redis::database.properties.port},ssl=true'

// Without keys it is no secret, but the template is the same.
resource connectionString 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {
  parent: vault
  name: 'cache'
  properties: {
    value: useKeys
      ? '${address},password=${redis::database.listKeys().primaryKey}'
      : '${address},user=${identity.properties.principalId}'
  }
}

output secretUri string = connectionString.properties.secretUri
