// Package redis is an ElastiCache replication group that only named clients reach: in data subnets, TLS
// only, an AUTH token of its own making, encrypted with a key of its own. It is the broker of a task
// queue, so it never evicts what it holds, and it is one shard, because Dramatiq's Lua needs all keys of
// a call in one place.
//
// A token is replaced without anybody being shut out, in two deployments: one with a new
// Args.AuthTokenEpoch and Args.KeepPreviousAuthToken, after which both tokens are good while clients
// change over, and one without the latter, which ends the old token. A new epoch alone is refused by AWS.
package redis
