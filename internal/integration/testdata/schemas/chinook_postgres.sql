-- Chinook (https://github.com/lerocha/chinook-database, Luis Rocha, MIT licence) on PostgreSQL,
-- with the mixed-case names of its first editions: the tables that are migrated and those that
-- they join. The rows are ours.
CREATE TABLE "Artist" ("ArtistId" INT NOT NULL, "Name" VARCHAR(120), CONSTRAINT "PK_Artist" PRIMARY KEY ("ArtistId"));
CREATE TABLE "Album" (
    "AlbumId" INT NOT NULL,
    "Title" VARCHAR(160) NOT NULL,
    "ArtistId" INT NOT NULL REFERENCES "Artist",
    CONSTRAINT "PK_Album" PRIMARY KEY ("AlbumId")
);
CREATE TABLE "Track" (
    "TrackId" INT NOT NULL,
    "Name" VARCHAR(200) NOT NULL,
    "AlbumId" INT REFERENCES "Album",
    "Composer" VARCHAR(220),
    "Milliseconds" INT NOT NULL,
    "UnitPrice" NUMERIC(10,2) NOT NULL,
    CONSTRAINT "PK_Track" PRIMARY KEY ("TrackId")
);
CREATE TABLE "PlaylistTrack" (
    "PlaylistId" INT NOT NULL,
    "TrackId" INT NOT NULL REFERENCES "Track",
    CONSTRAINT "PK_PlaylistTrack" PRIMARY KEY ("PlaylistId", "TrackId")
);
CREATE TABLE "Customer" (
    "CustomerId" INT NOT NULL,
    "FirstName" VARCHAR(40) NOT NULL,
    "LastName" VARCHAR(20) NOT NULL,
    "Country" VARCHAR(40),
    "Email" VARCHAR(60) NOT NULL,
    CONSTRAINT "PK_Customer" PRIMARY KEY ("CustomerId")
);
CREATE TABLE "Invoice" (
    "InvoiceId" INT NOT NULL,
    "CustomerId" INT NOT NULL REFERENCES "Customer",
    "InvoiceDate" TIMESTAMP NOT NULL,
    "BillingCountry" VARCHAR(40),
    "Total" NUMERIC(10,2) NOT NULL,
    CONSTRAINT "PK_Invoice" PRIMARY KEY ("InvoiceId")
);

INSERT INTO "Artist" SELECT i, 'Artist ' || i FROM generate_series(1, 50) AS i;
INSERT INTO "Album" SELECT i, 'L''album "' || i || '"', 1 + i % 50 FROM generate_series(1, 150) AS i;
INSERT INTO "Track" SELECT i, 'Track: ' || i, CASE WHEN i % 60 > 0 THEN 1 + i % 150 END, CASE WHEN i % 5 > 0 THEN 'A. Composer, B. Writer' || i % 7 END, 100000 + i * 991, 0.99 FROM generate_series(1, 1500) AS i;
INSERT INTO "PlaylistTrack" SELECT 1 + i % 18, 1 + i * 11 % 1500 FROM generate_series(1, 2000) AS i ON CONFLICT DO NOTHING;
INSERT INTO "Customer" SELECT i, 'First' || i, 'Last' || i, 'Country ' || i % 20, 'First' || i || '@Example.COM' FROM generate_series(1, 500) AS i;
INSERT INTO "Invoice" SELECT i, 1 + i % 500, timestamp '2021-01-01' + i * interval '1 hour', CASE WHEN i % 15 > 0 THEN 'Country ' || i % 20 END, i % 25 + 0.99 FROM generate_series(1, 1000) AS i;

-- What the site adds before it fills it by migrations, and its trigger.
CREATE TYPE "Span" AS ENUM ('short', 'Long "play"');
ALTER TABLE "Track" ADD COLUMN "Span" "Span", ADD COLUMN "Credits" jsonb;
ALTER TABLE "PlaylistTrack" ADD COLUMN "Shown" VARCHAR(400);
ALTER TABLE "Customer" ADD COLUMN "E-Mail: lower" text;
ALTER TABLE "Invoice" ADD COLUMN "Month" date;
CREATE TABLE "InvoiceHistory" ("InvoiceId" INT NOT NULL, "What" text NOT NULL);
CREATE FUNCTION "noteCountry"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "InvoiceHistory" VALUES (NEW."InvoiceId", 'trigger: ' || coalesce(OLD."BillingCountry", '-') || ' to ' || NEW."BillingCountry");
    RETURN NULL;
END $$;
CREATE TRIGGER "InvoiceChanged" AFTER UPDATE OF "BillingCountry" ON "Invoice" FOR EACH ROW
    WHEN (NEW."BillingCountry" IS DISTINCT FROM OLD."BillingCountry") EXECUTE FUNCTION "noteCountry"();
