// Which stage the proof lets go: one answer for postern apply, postern plan next and the scripts.
#include "plan/plan.hpp"

namespace postern::plan {

Verdict release_of(const Proof& proof, Stage::Kind kind) {
  switch (kind) {
    case Stage::Kind::turn_switch:
      return {proof.holds, proof.statement, proof.conclusion};
    case Stage::Kind::connectors:
      // What holds with the switch on holds without it: connectors refuse before the switch does.
      if (proof.holds == Holds::yes) return {proof.holds, proof.statement, proof.conclusion};
      return proof.connectors;
    case Stage::Kind::look:
    case Stage::Kind::rule:  // in test mode: it stops nothing
    case Stage::Kind::watch:
      break;
  }
  return {Holds::yes, {}, {}};
}

}  // namespace postern::plan
