package store_test
import ("testing";"time")
func TestZZ(t *testing.T){ w:=newWorld(t); s:=time.Now(); w.crowd(); t.Log(time.Since(s)) }
