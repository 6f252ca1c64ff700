-- Chinook (https://github.com/lerocha/chinook-database, Luis Rocha, MIT licence) on SQLite: the
-- tables that are migrated and those that they join, as they stand there. The rows are ours.
CREATE TABLE [Artist] (
    [ArtistId] INTEGER NOT NULL,
    [Name] NVARCHAR(120),
    CONSTRAINT [PK_Artist] PRIMARY KEY ([ArtistId])
);
CREATE TABLE [Album] (
    [AlbumId] INTEGER NOT NULL,
    [Title] NVARCHAR(160) NOT NULL,
    [ArtistId] INTEGER NOT NULL,
    CONSTRAINT [PK_Album] PRIMARY KEY ([AlbumId]),
    FOREIGN KEY ([ArtistId]) REFERENCES [Artist] ([ArtistId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [Employee] (
    [EmployeeId] INTEGER NOT NULL,
    [LastName] NVARCHAR(20) NOT NULL,
    [FirstName] NVARCHAR(20) NOT NULL,
    [Title] NVARCHAR(30),
    [ReportsTo] INTEGER,
    CONSTRAINT [PK_Employee] PRIMARY KEY ([EmployeeId]),
    FOREIGN KEY ([ReportsTo]) REFERENCES [Employee] ([EmployeeId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [Customer] (
    [CustomerId] INTEGER NOT NULL,
    [FirstName] NVARCHAR(40) NOT NULL,
    [LastName] NVARCHAR(20) NOT NULL,
    [Company] NVARCHAR(80),
    [Country] NVARCHAR(40),
    [Email] NVARCHAR(60) NOT NULL,
    [SupportRepId] INTEGER,
    CONSTRAINT [PK_Customer] PRIMARY KEY ([CustomerId]),
    FOREIGN KEY ([SupportRepId]) REFERENCES [Employee] ([EmployeeId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [Invoice] (
    [InvoiceId] INTEGER NOT NULL,
    [CustomerId] INTEGER NOT NULL,
    [InvoiceDate] DATETIME NOT NULL,
    [BillingCountry] NVARCHAR(40),
    [Total] NUMERIC(10,2) NOT NULL,
    CONSTRAINT [PK_Invoice] PRIMARY KEY ([InvoiceId]),
    FOREIGN KEY ([CustomerId]) REFERENCES [Customer] ([CustomerId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [InvoiceLine] (
    [InvoiceLineId] INTEGER NOT NULL,
    [InvoiceId] INTEGER NOT NULL,
    [TrackId] INTEGER NOT NULL,
    [UnitPrice] NUMERIC(10,2) NOT NULL,
    [Quantity] INTEGER NOT NULL,
    CONSTRAINT [PK_InvoiceLine] PRIMARY KEY ([InvoiceLineId]),
    FOREIGN KEY ([InvoiceId]) REFERENCES [Invoice] ([InvoiceId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE INDEX [IFK_InvoiceLineInvoiceId] ON [InvoiceLine] ([InvoiceId]);
CREATE TABLE [MediaType] (
    [MediaTypeId] INTEGER NOT NULL,
    [Name] NVARCHAR(120),
    CONSTRAINT [PK_MediaType] PRIMARY KEY ([MediaTypeId])
);
CREATE TABLE [Track] (
    [TrackId] INTEGER NOT NULL,
    [Name] NVARCHAR(200) NOT NULL,
    [AlbumId] INTEGER,
    [MediaTypeId] INTEGER NOT NULL,
    [Composer] NVARCHAR(220),
    [Milliseconds] INTEGER NOT NULL,
    [Bytes] INTEGER,
    [UnitPrice] NUMERIC(10,2) NOT NULL,
    CONSTRAINT [PK_Track] PRIMARY KEY ([TrackId]),
    FOREIGN KEY ([AlbumId]) REFERENCES [Album] ([AlbumId]) ON DELETE NO ACTION ON UPDATE NO ACTION,
    FOREIGN KEY ([MediaTypeId]) REFERENCES [MediaType] ([MediaTypeId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [PlaylistTrack] (
    [PlaylistId] INTEGER NOT NULL,
    [TrackId] INTEGER NOT NULL,
    CONSTRAINT [PK_PlaylistTrack] PRIMARY KEY ([PlaylistId], [TrackId]),
    FOREIGN KEY ([TrackId]) REFERENCES [Track] ([TrackId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO Artist SELECT i, 'Artist ' || i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) INSERT INTO Album SELECT i, 'L''album "' || i || '"', 1 + i % 50 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8) INSERT INTO Employee SELECT i, 'Last' || i, 'First' || i, 'Sales', nullif(i / 3, 0) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO Customer SELECT i, 'First' || i, 'Last' || i, iif(i % 4 = 0, 'Company ' || i, NULL), 'Country ' || (i % 20), 'First' || i || '@Example.COM', nullif(i % 9, 0) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
INSERT INTO Invoice SELECT i, 1 + i % 500, datetime('2021-01-01', '+' || i || ' hours'), iif(i % 15 = 0, NULL, 'Country ' || (i % 20)), i % 25 + 0.99 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO InvoiceLine SELECT i, 1 + i % 1000, 1 + i * 7 % 1500, iif(i % 10 = 0, 0, 0.99), 1 + i % 3 FROM n;
INSERT INTO MediaType VALUES (1, 'MPEG audio file'), (2, 'Protected AAC audio file'), (3, NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
INSERT INTO Track SELECT i, 'Track: ' || i, iif(i % 60 = 0, NULL, 1 + i % 150), 1 + i % 3, iif(i % 5 = 0, NULL, 'A. Composer, B. Writer' || (i % 7)), 100000 + i * 991, i * 4567, 0.99 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT OR IGNORE INTO PlaylistTrack SELECT 1 + i % 18, 1 + i * 11 % 1500 FROM n;

-- What the site adds before it fills it by migrations, and its trigger.
ALTER TABLE [Track] ADD COLUMN [Length] NVARCHAR(10);
ALTER TABLE [Track] ADD COLUMN [Credits] BLOB;
ALTER TABLE [PlaylistTrack] ADD COLUMN [Position] INTEGER;
ALTER TABLE [PlaylistTrack] ADD COLUMN [Shown] NVARCHAR(400);
ALTER TABLE [Customer] ADD COLUMN [Contact] TEXT CHECK ([Contact] NOT LIKE '%first13@%');
ALTER TABLE [Invoice] ADD COLUMN [LineTotal] NUMERIC(10,2);
CREATE TABLE [InvoiceHistory] ([InvoiceId] INTEGER NOT NULL, [What] TEXT NOT NULL);
CREATE TRIGGER [InvoiceChanged] AFTER UPDATE OF [BillingCountry] ON [Invoice] WHEN new.[BillingCountry] IS NOT old.[BillingCountry] BEGIN
    INSERT INTO [InvoiceHistory] VALUES (new.[InvoiceId], 'trigger: ' || coalesce(old.[BillingCountry], '-') || ' to ' || new.[BillingCountry]);
END;
