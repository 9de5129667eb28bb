/** The words of the API for views, which never import the API itself. */
export type * from '../api/types';
