package store

// auditInvariants are about the audit log: whoever alters or takes away an entry breaks
// one of them.
var auditInvariants = []Invariant{
	{"the audit log is numbered from 1 without gaps", `
		SELECT tenant_id, count(*), min(seq), max(seq) FROM audit_entries WHERE seq IS NOT NULL GROUP BY tenant_id HAVING (min(seq), max(seq)) <> (1, count(*))`},
	{"an audit entry is what its hash says", `
		SELECT t.tenant_id, t.seq, t.id FROM audit_entries t WHERE t.seq IS NOT NULL AND t.hash <> audit_hash(t.previous_hash, t.seq, t)`},
	{"an audit entry follows its predecessor", `
		SELECT tenant_id, seq, id FROM (SELECT tenant_id, seq, id, previous_hash,
			lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER (PARTITION BY tenant_id ORDER BY seq) AS predecessor FROM audit_entries WHERE seq IS NOT NULL) t
		WHERE previous_hash <> predecessor`},
	{"the audit log ends where it was last sealed", `
		SELECT coalesce(t.tenant_id, h.tenant_id) AS tenant_id, t.seq, h.seq AS head FROM (
			SELECT DISTINCT ON (tenant_id) tenant_id, seq, hash FROM audit_entries WHERE seq IS NOT NULL ORDER BY tenant_id, seq DESC) t
		FULL JOIN audit_heads h ON h.tenant_id = t.tenant_id WHERE (t.seq, t.hash) IS DISTINCT FROM (h.seq, h.hash) AND coalesce(t.seq, h.seq) > 0`},
	{"an audit entry is sealed before those of an hour later", `
		SELECT t.tenant_id, t.at, t.id FROM audit_entries t WHERE t.seq IS NULL AND EXISTS (
			SELECT FROM audit_entries n WHERE n.tenant_id = t.tenant_id AND n.seq IS NOT NULL AND n.at > t.at + interval '1 hour')`},
}
