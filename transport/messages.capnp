@0xb7f3a2c91d5e8046;
# Every message between two endpoints. Fields are only ever added at the end.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tacet::transport::wire");

enum Direction {
  diallerSends @0;
  diallerReceives @1;
}

struct Hello {
  version @0 :UInt32;
  from @1 :UInt32;
  to @2 :UInt32;
  direction @3 :Direction;
  n @4 :UInt32;
  t @5 :UInt32;
  scheme @6 :Text;
  planDigest @7 :Data;
  nonce @8 :Data;
  facts @9 :List(Fact);
  silenceMs @10 :UInt32;
  stallMs @11 :UInt32;
  attempt @12 :UInt32;  # counts what the caller dialled for this direction
}

struct Fact {
  name @0 :Text;
  value @1 :Text;
}

struct HelloReply {
  verdict @0 :Verdict;
  reason @1 :Text;
  hello @2 :Hello;
  culprit @3 :UInt32;  # whom a refusal blames

  enum Verdict {
    accepted @0;
    refused @1;
    busy @2;
    over @3;  # the caller is not to blame: this endpoint is leaving
  }
}

struct Presence {
  # What endpoints tell each other from the hello until everybody is there.
  state @0 :State;
  rows @1 :List(Row);
  silenceMs @2 :UInt32;
  stallMs @3 :UInt32;
  culprit @4 :UInt32;  # of one who leaves: because of whom
  reason @5 :Text;
  accuser @6 :UInt32;  # who says so; the sender, if it has seen it or is the culprit

  enum State {
    waiting @0;
    complete @1;
    begun @2;
    leaving @3;
  }
  struct Row {
    of @0 :UInt32;  # who misses
    missing @1 :List(Missing);
  }
  struct Missing {
    endpoint @0 :UInt32;
    tried @1 :Bool;  # it was called, or has come and was turned away: not only waited for
    why @2 :Text;
    refuses @3 :Bool;  # it is there, and does not let the speaker in or says nothing
  }
}

struct FrameHeader {
  # Travels as one bare segment of fixed size: the pointer word and four data words.
  kind @0 :Kind;
  payloadBytes @1 :UInt32;
  session @2 :UInt64;
  offset @3 :UInt64;
  round @4 :UInt32;

  enum Kind {
    data @0;
    ack @1;
    heartbeat @2;
    abort @3;
    end @4;
    setup @5;
    presence @6;
  }
}

struct Abort {
  statements @0 :List(Statement);
  last @1 :Bool;  # nothing follows
  heard @3 :List(UInt32);  # who has spoken to the sender since the session began to end
  follows @2 :UInt32 = 0xffffffff;  # whom the sender follows, if it ends the job because somebody else has

  struct Statement {
    accuser @0 :UInt32;  # who saw it
    culprit @1 :UInt32;
    cause @2 :Cause;
    reason @3 :Text;
  }
  enum Cause {
    own @0;
    closed @1;
    silent @2;
    malformed @3;
    stalled @4;
  }
}
