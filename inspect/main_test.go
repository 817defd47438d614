package inspect

import (
	"testing"

	"github.com/gohttpx/httpx/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
