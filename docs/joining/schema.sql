-- The database of Xiongan, the center that joins in docs/joining.md: a schema that nobody prepared.
-- Names are English, states are words, amounts are whole cents (fen), days are written DD/MM/YYYY,
-- account numbers are integers and have lost their leading zeros, a missing day is an empty text.

CREATE TABLE Citizen (
    citizenId      INTEGER PRIMARY KEY,
    documentKind   TEXT NOT NULL,    -- 'RESIDENT_CARD', 'PASSPORT', ...
    documentNumber TEXT NOT NULL,    -- as it was typed: 15 or 18 digits, x in either case
    formerNumber   TEXT,
    fullName       TEXT NOT NULL,
    gender         TEXT,             -- 'M', 'F'
    bornOn         TEXT,
    changedAt      TEXT NOT NULL     -- DD/MM/YYYY HH:MM:SS
);
CREATE INDEX CitizenByDocument ON Citizen (documentNumber);

CREATE TABLE SavingsAccount (
    accountRef         INTEGER PRIMARY KEY,
    citizenId          INTEGER NOT NULL REFERENCES Citizen (citizenId),
    employerRef        INTEGER NOT NULL,
    fundKind           TEXT NOT NULL,    -- 'BASIC', 'EXTRA', 'SUBSIDY'
    accountStatus      TEXT NOT NULL,    -- 'ACTIVE', 'SEALED', 'CLOSED'
    closeReason        TEXT,             -- 'MERGED', 'MOVED', 'WITHDRAWN'
    openedOn           TEXT NOT NULL,
    paidThrough        TEXT,             -- MM/YYYY
    baseCents          INTEGER NOT NULL,
    ownShareCents      INTEGER NOT NULL,
    employerShareCents INTEGER NOT NULL,
    balanceCents       INTEGER NOT NULL,
    sealedOn           TEXT,
    closedOn           TEXT,
    isFrozen           INTEGER NOT NULL, -- 0, 1
    changedAt          TEXT NOT NULL
);
CREATE INDEX SavingsAccountByCitizen ON SavingsAccount (citizenId);

CREATE TABLE ServiceRequest (
    requestNo     TEXT PRIMARY KEY,
    serviceKind   TEXT NOT NULL,    -- 'OPEN_ACCOUNT', 'BUY_HOME', 'RENT_HOME', 'HOME_LOAN'
    applicationNo TEXT NOT NULL,
    consentSigned TEXT NOT NULL,    -- 'Y', 'N'
    progress      TEXT NOT NULL,    -- 'PENDING', 'FINISHED'
    receivedOn    TEXT NOT NULL
);

CREATE TABLE RequestPerson (
    requestNo      TEXT NOT NULL REFERENCES ServiceRequest (requestNo),
    position       INTEGER NOT NULL,
    part           TEXT NOT NULL,    -- 'APPLICANT', 'SPOUSE', 'CO_BORROWER'
    documentKind   TEXT NOT NULL,
    documentNumber TEXT NOT NULL,
    fullName       TEXT NOT NULL,
    PRIMARY KEY (requestNo, position)
);
