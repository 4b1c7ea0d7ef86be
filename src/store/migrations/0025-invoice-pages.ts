import type { Migration } from '../store.ts'

/**
 * Lines of long invoices, a thousand a row, so that a page costs a page: to cut one out of the document, the whole of it was
 * read each time. The document stays what was issued; the database itself keeps the pages in step with it.
 */
export const invoicePages: Migration = {
  name: '0025-invoice-pages',
  up: `
    CREATE TABLE invoice_page (
      invoice text NOT NULL REFERENCES invoice (id) ON DELETE CASCADE,
      page integer NOT NULL,
      lines jsonb NOT NULL,
      PRIMARY KEY (invoice, page)
    );

    CREATE FUNCTION invoice_pages_of(p_invoice text, p_lines jsonb) RETURNS void LANGUAGE sql AS $$
      INSERT INTO invoice_page (invoice, page, lines)
      SELECT p_invoice, (place - 1) / 1000, jsonb_agg(line ORDER BY place)
      FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS l (line, place) GROUP BY 2;
    $$;

    -- An invoice of one page has none here: its document is the page.
    CREATE FUNCTION invoice_paged() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        IF NEW.document->'lines' = OLD.document->'lines' THEN
          RETURN NULL;
        END IF;
        DELETE FROM invoice_page WHERE invoice = NEW.id;
      END IF;
      IF jsonb_array_length(NEW.document->'lines') > 1000 THEN
        PERFORM invoice_pages_of(NEW.id, NEW.document->'lines');
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER invoice_paged AFTER INSERT OR UPDATE OF document ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_paged();

    SELECT invoice_pages_of(id, document->'lines') FROM invoice WHERE jsonb_array_length(document->'lines') > 1000;

    -- Nobody but the invoice changes them: what is printed is what was issued.
    CREATE FUNCTION invoice_page_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'pages follow their invoice: change the draft, or write a credit note' USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER invoice_page_follows BEFORE INSERT OR UPDATE OR DELETE ON invoice_page
      FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION invoice_page_follows();
  `,
}
