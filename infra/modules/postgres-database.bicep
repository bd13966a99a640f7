// The service's identity may do all that an administrator may: it migrates, and nobody has to run a script first.
param serverName string
param databaseName string
param identityName string
param principalId string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' existing = {
  name: serverName

  resource administrator 'administrators' = {
    name: principalId
    properties: { principalName: identityName, principalType: 'ServicePrincipal', tenantId: tenant().tenantId }
  }

  resource database 'databases' = {
    name: databaseName
    properties: { charset: 'UTF8', collation: 'en_US.utf8' }
    // Made while there is no administrator, it would be owned by a role of Azure's own, which lets nobody in.
    dependsOn: [administrator]
  }
}
