package privatebucket

import "coffee-platform/internal/iampolicy"

// minTLSVersion is the oldest version of TLS that is not broken (RFC 8996).
const minTLSVersion = "1.2"

// Conditions are the conditions of a statement: operators, keys, values.
type Conditions = map[string]map[string][]string

// Deny refuses requests that meet all conditions, whoever makes them.
func Deny(sid string, actions, resources []string, when Conditions) iampolicy.Statement {
	return iampolicy.Statement{
		Sid:       sid,
		Effect:    iampolicy.Deny,
		Principal: map[string]any{"AWS": "*"},
		Action:    actions,
		Resource:  resources,
		Condition: when,
	}
}

// DenyOpenConnections refuses requests to the bucket of the given ARN that others on the way could read.
func DenyOpenConnections(bucket string) []iampolicy.Statement {
	everything, all := []string{"s3:*"}, []string{bucket, bucket + "/*"}
	return []iampolicy.Statement{
		Deny("DenyPlainHTTP", everything, all, Conditions{"Bool": {"aws:SecureTransport": {"false"}}}),
		Deny("DenyOldTLS", everything, all, Conditions{"NumericLessThan": {"s3:TlsVersion": {minTLSVersion}}}),
	}
}
